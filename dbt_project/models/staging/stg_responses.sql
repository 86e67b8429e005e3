{{ latest('responses', ['response_id', 'question_code'], ['survey_id', 'answered_on', 'unit_code', 'area_code', 'answer'], ['unit_code', 'area_code'], 'r.answered_on') }}
